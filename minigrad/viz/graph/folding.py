"""The page around a picture: drag to pan, turn the wheel to zoom, click on a module to fold or unfold it."""

from __future__ import annotations

import json
import re
from html import escape

from minigrad.viz.graph.layout import GAP_X
from minigrad.viz.graph.scene import MARGIN, TITLE, Scene
from minigrad.viz.graph.svg import EDGE, facts, svg

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>@title</title>
<style>html,body{margin:0;height:100%;background:#fff}svg{width:100%;height:100%;cursor:grab;display:block}
.mg-module>.mg-closed,.mg-module>.mg-open>rect,.mg-module>.mg-open>text{cursor:pointer}
nav{position:fixed;right:10px;top:10px;font:12px system-ui,sans-serif}button{font:inherit}</style></head>
<body>@nav@svg<script>
const M=@margin,HEAD=@head,GAP=@gap,EDGE=@edge,scene=@facts;
const svg=document.querySelector('svg'),box=svg.viewBox.baseVal;
const sum=a=>a.reduce((x,y)=>x+y,0);
function measure(s){            // how large a scene is, and where everything in it stands
  s.w=s.n.map((n,i)=>n[0]);s.h=s.n.map(n=>n[1]);
  for(const i in s.s){measure(s.s[i]);if(s.open[i]){s.w[i]=Math.max(s.s[i].width+2*M,s.t[i]);s.h[i]=s.s[i].height+HEAD+M}}
  s.x=[];s.y=[];s.u=[];let left=0;
  for(const c of s.c){
    const wide=c.reduce((a,i)=>Math.max(a,s.w[i]),0),grown=c.map(i=>s.h[i]-s.n[i][2]),all=sum(grown);let above=0;
    c.forEach((i,k)=>{s.u[i]=wide;s.x[i]=left+wide/2;s.y[i]=s.n[i][3]+above+(grown[k]-all)/2;above+=grown[k]});
    left+=wide+GAP}
  const top=s.y.reduce((a,y,i)=>Math.min(a,y-s.h[i]/2),Infinity);
  s.y=s.y.map(y=>y-top);s.width=left-GAP;s.height=s.y.reduce((a,y,i)=>Math.max(a,y+s.h[i]/2),0)}
function end(s,i,port,side,which,pad){      // where an arrow begins or ends: at its box, or at the frame, and at its column
  const column=s.x[i]+side*s.u[i]/2,edge=s.x[i]+side*s.w[i]/2;let y=s.y[i];
  if(s.n[i][4]<0)return [[side>0?-pad:s.width+pad,y],[column,y]];
  y+=7*which;
  if(port>=0&&s.open[i])y+=HEAD-s.h[i]/2+s.s[i].y[port];
  return Math.abs(column-edge)>1?[[edge,y],[column,y]]:[[edge,y]]}
function curve(points){
  let [x,y]=points[0],d=`M${x} ${y}`;
  for(const [u,v] of points.slice(1)){const b=(u-x)/2;
    d+=Math.abs(v-y)<.05?`H${u}`:`C${x+b} ${y} ${u-b} ${v} ${u} ${v}`;x=u;y=v}
  return d}
function place(s,element,pad){
  const paths=element.querySelectorAll(':scope>path');
  s.e.forEach(([chain,which,out,into],k)=>{
    const head=chain.at(-1),bends=chain.slice(1,-1).flatMap(i=>[-1,1].map(f=>[s.x[i]+f*s.u[i]/2,s.y[i]]));
    const points=[...end(s,chain[0],out,1,which,pad),...bends,...end(s,head,into,-1,which,pad).reverse()];
    paths[k].setAttribute('d',curve(points));
    if(s.n[head][4]>=0&&!s.open[head])paths[k].setAttribute('marker-end','url(#to)');
    else paths[k].removeAttribute('marker-end')});
  s.n.forEach((n,i)=>{
    if(n[4]<0)return;
    const g=document.getElementById('p'+n[4]);
    g.setAttribute('transform',`translate(${s.x[i]-s.w[i]/2} ${s.y[i]-s.h[i]/2})`);
    if(!s.s[i])return;
    const [closed,open]=g.children,[rect,text,inner]=open.children,gap=(s.w[i]-s.s[i].width)/2;
    (s.open[i]?closed:open).setAttribute('display','none');(s.open[i]?open:closed).removeAttribute('display');
    if(!s.open[i])return;
    rect.setAttribute('width',s.w[i]);rect.setAttribute('height',s.h[i]);text.setAttribute('x',s.w[i]/2);
    inner.setAttribute('transform',`translate(${gap} ${HEAD})`);place(s.s[i],inner,gap)})}
function each(s,f){for(const i in s.s){f(s,i);each(s.s[i],f)}}
function show(){measure(scene);place(scene,svg,0)}
function toggle(number){        // fold or unfold a module; its corner stays where it is on the screen
  const g=document.getElementById('p'+number),was=g.getBoundingClientRect();
  each(scene,(s,i)=>{if(s.n[i][4]==number)s.open[i]=s.open[i]?0:1});show();
  const now=g.getBoundingClientRect(),r=svg.getBoundingClientRect(),f=Math.max(box.width/r.width,box.height/r.height);
  box.x+=(now.left-was.left)*f;box.y+=(now.top-was.top)*f}
function all(open){each(scene,(s,i)=>s.open[i]=open);show();
  box.x=box.y=-EDGE;box.width=scene.width+2*EDGE;box.height=scene.height+2*EDGE}
function module(target){        // the number of the module that a click on this is meant for
  const g=target.parentNode,m=g&&g.getAttribute&&(/^mg-(open|closed)$/.test(g.getAttribute('class')))?g.parentNode:null;
  return m&&m.classList.contains('mg-module')?m.id.slice(1):null}
let from=null,start=null,hit=null;
svg.addEventListener('wheel',e=>{e.preventDefault();const f=e.deltaY>0?1.15:1/1.15,r=svg.getBoundingClientRect();
  const x=box.x+(e.clientX-r.left)/r.width*box.width,y=box.y+(e.clientY-r.top)/r.height*box.height;
  box.x=x-(x-box.x)*f;box.y=y-(y-box.y)*f;box.width*=f;box.height*=f},{passive:false});
svg.addEventListener('pointerdown',e=>{from=start=[e.clientX,e.clientY];hit=module(e.target);
  try{svg.setPointerCapture(e.pointerId)}catch(_){}});
svg.addEventListener('pointerup',e=>{
  if(hit!==null&&start&&Math.hypot(e.clientX-start[0],e.clientY-start[1])<4)toggle(hit);
  from=start=hit=null});
svg.addEventListener('pointermove',e=>{if(!from)return;const r=svg.getBoundingClientRect();
  const f=Math.max(box.width/r.width,box.height/r.height);
  box.x-=(e.clientX-from[0])*f;box.y-=(e.clientY-from[1])*f;from=[e.clientX,e.clientY]});
document.querySelectorAll('nav button').forEach((b,i)=>b.addEventListener('click',()=>all(1-i)));
if(location.hash=='#unfold')all(1);
</script></body></html>
"""
NAV = "<nav><button>unfold all</button> <button>fold all</button></nav>"


def page(scene: Scene, title: str) -> str:
    """A page of its own. With #unfold behind its address every module is open."""
    picture = svg(scene, whole=True)
    modules = any(tile.scene is not None for tile in scene.tiles)
    given = {"title": escape(title), "nav": NAV if modules else "", "margin": MARGIN, "head": TITLE, "gap": GAP_X, "edge": EDGE,
             "facts": json.dumps(facts(scene), separators=(",", ":")), "svg": picture}
    return re.sub("@(" + "|".join(given) + ")", lambda found: str(given[found[1]]), PAGE)
